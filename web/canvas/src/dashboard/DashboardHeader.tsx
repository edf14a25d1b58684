import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import type { Page } from "../api/types";
import { useAge, useLink } from "../live/link";
import { MachinesPlace } from "../machines/MachinesPlace";
import { UserMenu } from "../shell/UserMenu";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { t, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import type { MenuEntry } from "../ui/Menu";
import { useDashboard } from "./store";
import { useWall } from "./wall";

interface Props {
  pages: readonly Page[];
  page: string;
  onArrange(): void;
}

/** Pages, whether the values are live, and the few things one can do beside operating. */
export function DashboardHeader({ pages, page, onArrange }: Props): ReactNode {
  const t = useText();
  const { draft, loaded, show } = useDashboard();
  const editor = useMay("editor");
  const { wall, set } = useWall();
  return (
    <header className="dash-head">
      <h1 className="only-read">{t("dashboard.title")}</h1>
      <Tabs pages={pages} page={page} onShow={show} />
      <Link />
      <span className="dash-gap" />
      <MachinesPlace />
      <Clock />
      {wall ? (
        <IconButton className="dash-touch" icon="close" label={t("dashboard.leave-wall")} onClick={() => set(false)} />
      ) : (
        <>
          {editor && loaded && draft === null && (
            <Button className="dash-touch dash-not-narrow" icon="layout" onClick={onArrange}>
              {t("dashboard.arrange")}
            </Button>
          )}
          <IconButton className="dash-touch dash-not-narrow" icon="fit" label={t("dashboard.wall")} onClick={() => set(true)} />
          <a className="button dash-touch dash-not-narrow" href="/">
            {t("dashboard.to-editor")}
          </a>
          <UserMenu className="dash-touch dash-user" more={pagesBeside} />
        </>
      )}
    </header>
  );
}

/** What can be opened beside the page: on a phone there is no other way to it. */
function pagesBeside(): MenuEntry[] {
  return [{ label: t("dashboard.to-editor"), icon: "layout", run: () => location.assign("/") }];
}

function Tabs({ pages, page, onShow }: { pages: readonly Page[]; page: string; onShow(page: string): void }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const pressed = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = pages[(pages.findIndex(({ name }) => name === page) + by + pages.length) % pages.length];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onShow(next.name);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".dash-tab[aria-selected=true]")?.focus());
  };
  if (pages.length === 0) return <strong className="dash-name">{t("dashboard.title")}</strong>;
  return (
    <div className="dash-tabs" role="tablist" aria-label={t("dashboard.pages")} onKeyDown={pressed}>
      {pages.map(({ name }) => (
        <button
          key={name}
          type="button"
          role="tab"
          className="dash-tab dash-touch"
          aria-selected={name === page}
          aria-controls="dash-main"
          tabIndex={name === page ? 0 : -1}
          onClick={() => onShow(name)}
        >
          {spoken(name)}
        </button>
      ))}
    </div>
  );
}

/** Said in words, large, when values are old. */
function Link(): ReactNode {
  const t = useText();
  const { state, polling } = useLink();
  const age = useAge();
  if (state === "lost")
    return (
      <p className="dash-link dash-link-lost">
        <Icon name="warning" />
        <span className="only-read" role="alert">
          {t("live.lost")}
        </span>
        <span aria-hidden="true">{age === null ? t("live.lost") : t("live.lost-age", { seconds: age })}</span>
      </p>
    );
  return <p className="dash-link">{t(state === "connecting" ? "live.connecting" : polling ? "live.polling" : "live.live")}</p>;
}

function Clock(): ReactNode {
  const language = useView((state) => state.language);
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time className="dash-clock">{now.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hour12: false })}</time>;
}
