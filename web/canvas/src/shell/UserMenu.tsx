import type { ReactNode } from "react";
import type { Session } from "../api/types";
import { useSession } from "../store/session";
import { type Language, type Theme, useView } from "../store/view";
import { moment, useText } from "../text";
import { type MenuEntry, MenuButton } from "../ui/Menu";

const THEMES: Theme[] = ["system", "light", "dark"];
/** Each in its own language. */
const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };

interface Props {
  /** What this page can open. */
  more(): readonly MenuEntry[];
  /** What this page puts away before he is signed out. */
  onLeave?(): void;
  className?: string;
}

/** Who is signed in, and the choices of this browser. */
export function UserMenu({ more, onLeave, className }: Props): ReactNode {
  const t = useText();
  const session = useSession((state) => state.session);
  const role = session?.role ?? null;
  if (session === null || role === null) return null;
  /** When he had signed in before, and whether somebody has tried since. */
  const previous = (before: Session["previous"]): MenuEntry[] => {
    const told: MenuEntry[] = [];
    const line = { note: true, disabled: true, run: () => undefined };
    if (before && before.at > 0) told.push({ ...line, label: t("shell.previous", { time: moment(before.at) }), icon: "history" });
    if (before && before.failed > 0)
      told.push({ ...line, label: t("shell.failed", { count: before.failed, time: moment(before.failed_at) }), icon: "warning", danger: true });
    return told;
  };
  const entries = (): MenuEntry[] => {
    const { theme, language, setTheme, setLanguage, openDialog } = useView.getState();
    return [
      ...THEMES.map((one): MenuEntry => ({ label: t(`shell.theme-${one}`), checked: theme === one, run: () => setTheme(one) })),
      "line",
      ...Object.entries(LANGUAGES).map(
        ([one, label]): MenuEntry => ({ label, checked: language === one, run: () => setLanguage(one as Language) }),
      ),
      "line",
      ...more(),
      "line",
      ...previous(session.previous),
      { label: t("shell.own-password"), icon: "lock", run: () => openDialog("password") },
      { label: t("shell.sign-out"), icon: "left", run: () => void signOut(onLeave) },
    ];
  };
  return (
    <MenuButton label={t("shell.user-menu", { name: session.user, role: t(`shell.role-${role}`) })} icon="user" className={className} entries={entries}>
      <span className="shell-user">{session.user}</span>
    </MenuButton>
  );
}

/** The page is loaded anew, so that nothing of this user stays in it; drafts are kept. */
async function signOut(onLeave: () => void = () => {}): Promise<void> {
  onLeave();
  await useSession.getState().signOut();
  location.assign(location.pathname);
}
