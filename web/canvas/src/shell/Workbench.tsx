import { type ReactNode, Suspense, useEffect, useState } from "react";
import { useKeys } from "../actions/keys";
import { DeployDialogs } from "../deploy/DeployDialogs";
import { AlarmBanner } from "../live/AlarmBanner";
import { StatusBar } from "../live/StatusBar";
import { PalettePane } from "../palette/PalettePane";
import { SettingsDialogs } from "../settings/SettingsDialogs";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { useSession } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Broken } from "../ui/Broken";
import { later } from "../ui/later";
import { TypedAhead } from "../ui/TypedAhead";
import { Busy } from "./Busy";
import { Drawer } from "./Drawer";
import { Header } from "./Header";
import { begin } from "./life";
import { ShellDialogs } from "./ShellDialogs";

/** The start page does without it; where the address names a flow it is fetched at once. */
const drawing = (): Promise<typeof import("../canvas/Canvas")> => import("../canvas/Canvas");
if (location.hash !== "") void drawing().catch(() => {});
const Canvas = later(() => drawing().then((part) => part.Canvas), "first");
const StartPage = later(() => import("./flows/StartPage").then((part) => part.StartPage));

/** Everything around a flow: header, palette, canvas, drawer, status bar. */
export function Workbench(): ReactNode {
  const t = useText();
  const opened = useFolder((state) => state.opened);
  const failed = useFolder((state) => state.error);
  const user = useSession((state) => state.session?.user ?? "");
  const active = useProject((state) => state.active);
  const here = useProject((state) => (state.active === null ? false : state.flows[state.active] !== undefined));
  const paletteOpen = useView((state) => state.paletteOpen);
  const drawer = useView((state) => state.drawer);
  const dialog = useView((state) => state.dialog?.name ?? "");
  const closeDialog = useView((state) => state.closeDialog);
  const [round, setRound] = useState(0);
  useEffect(() => begin(), [round]);
  useKeys();
  if (!opened) return <Busy error={user === "" ? "" : failed} onRetry={() => setRound(round + 1)} />;
  const palette = paletteOpen && here;
  return (
    <div className="shell" data-palette={palette} data-drawer={drawer !== null && active !== null}>
      <Header />
      {palette && (
        <nav className="shell-palette" aria-label={t("shell.palette")} data-region>
          <h2 className="only-read">{t("shell.palette")}</h2>
          <PalettePane />
        </nav>
      )}
      <main className="shell-main" aria-label={active ?? t("shell.start")} id="flow-panel" data-region tabIndex={-1}>
        <AlarmBanner />
        <Broken key={active ?? ""}>
          <Suspense fallback={<p className="shell-quiet shell-middle">{t("shell.loading")}</p>}>{active === null ? <StartPage /> : here ? <Canvas key={active} flow={active} /> : <p className="shell-quiet shell-middle">{t("shell.loading")}</p>}</Suspense>
        </Broken>
      </main>
      {active !== null && <Drawer />}
      <div className="shell-foot" data-region>
        <StatusBar />
      </div>
      <Broken key={dialog}>
        <Suspense fallback={<TypedAhead onEscape={closeDialog} />}>
          <SettingsDialogs />
          <DeployDialogs />
          <ShellDialogs />
        </Suspense>
      </Broken>
    </div>
  );
}
