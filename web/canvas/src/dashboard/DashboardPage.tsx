import { type ReactNode, Suspense, useEffect, useMemo } from "react";
import { useLink } from "../live/link";
import { startStream, watch } from "../live/start";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { fetchLater, later } from "../ui/later";
import { Arrange } from "./Arrange";
import { DashboardHeader } from "./DashboardHeader";
import { Grid } from "./Grid";
import { laidOut } from "./pages";
import { takeShown } from "./shown";
import { useDashboard } from "./store";
import { useWall } from "./wall";
import "./dashboard.css";
import "./widgets.css";

const PasswordDialog = later(() => import("../shell/signin/PasswordDialog").then((part) => part.PasswordDialog));

/** The operators' page: what is, what can be done, and nothing of the editor. */
export function DashboardPage(): ReactNode {
  const t = useText();
  const { loaded, error, load, pages, hidden, widgets, draft, page: front, arrange } = useDashboard();
  const lost = useLink((link) => link.state === "lost");
  const wall = useWall((state) => state.wall);
  const dialog = useView((state) => state.dialog?.name);

  useEffect(() => {
    document.title = `${t("dashboard.title")} – ${t("app.name")}`;
  }, [t]);
  useEffect(() => {
    watch({ flows: [], editing: [], debug: false, dashboard: true });
    const end = startStream({ widgets: takeShown, project: () => void load() });
    const endFetching = fetchLater();
    void load();
    return () => {
      watch({ dashboard: false });
      endFetching();
      end();
    };
  }, [load]);

  const usual = t("dashboard.first-page");
  const all = useMemo(() => draft?.pages ?? laidOut({ pages, hidden }, widgets, usual), [draft, pages, hidden, widgets, usual]);
  const page = all.find(({ name }) => name === front) ?? all[0];
  return (
    <div className={`dash ${lost ? "dash-lost" : ""} ${wall ? "dash-wall" : ""}`}>
      <DashboardHeader pages={all} page={page?.name ?? ""} onArrange={() => arrange({ pages: all.length > 0 ? all : [{ name: usual, spots: [] }], hidden })} />
      <main className="dash-main" id="dash-main">
        {error !== "" && (
          <div className="dash-conflict" role="alert">
            <p>{t("dashboard.not-loaded", { reason: error })}</p>
            <Button onClick={() => void load()}>{t("dashboard.again")}</Button>
          </div>
        )}
        {page === undefined ? (
          loaded && <p className="dash-empty">{t("dashboard.nothing")}</p>
        ) : draft !== null ? (
          <Arrange page={page} pages={all} />
        ) : (
          <Grid page={page} widgets={widgets} />
        )}
      </main>
      <Suspense>{dialog === "password" && <PasswordDialog />}</Suspense>
    </div>
  );
}
