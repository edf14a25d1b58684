import type { ReactNode } from "react";
import { useProject } from "../store/project";
import { may, useSession } from "../store/session";
import { type Language, type Theme, useView } from "../store/view";
import { useText } from "../text";
import { type MenuEntry, MenuButton } from "../ui/Menu";

const THEMES: Theme[] = ["system", "light", "dark"];
/** Each in its own language. */
const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** Who is signed in, and the choices of this browser. */
export function UserMenu(): ReactNode {
  const t = useText();
  const session = useSession((state) => state.session);
  const role = session?.role ?? null;
  if (session === null || role === null) return null;
  const entries = (): MenuEntry[] => {
    const { theme, language, setTheme, setLanguage, openDialog } = useView.getState();
    return [
      ...THEMES.map((one): MenuEntry => ({ label: t(`shell.theme-${one}`), checked: theme === one, run: () => setTheme(one) })),
      "line",
      ...Object.entries(LANGUAGES).map(
        ([one, label]): MenuEntry => ({ label, checked: language === one, run: () => setLanguage(one as Language) }),
      ),
      "line",
      { label: t("shell.keys"), icon: "keyboard", keys: "?", run: () => openDialog("keys") },
      { label: t("nodered.help"), icon: "import", run: () => openDialog("nodered-help") },
      { label: t("shell.dashboard"), icon: "chart", run: () => location.assign("/dashboard") },
      { label: t("parts.title"), icon: "history", run: () => openDialog("parts") },
      { label: t("models.title"), icon: "transform", run: () => openDialog("models") },
      ...(may("admin") ? [{ label: t("shell.users"), icon: "users", run: () => openDialog("users") } satisfies MenuEntry] : []),
      { label: t("shell.own-password"), icon: "lock", run: () => openDialog("password") },
      { label: t("shell.sign-out"), icon: "left", run: () => void signOut() },
    ];
  };
  return (
    <MenuButton label={t("shell.user-menu", { name: session.user, role: t(`shell.role-${role}`) })} icon="user" entries={entries}>
      <span className="shell-user">{session.user}</span>
    </MenuButton>
  );
}

/** The page is loaded anew, so that nothing of this user stays in it; drafts are kept. */
async function signOut(): Promise<void> {
  useProject.setState({ active: null });
  await useSession.getState().signOut();
  location.assign("/");
}
