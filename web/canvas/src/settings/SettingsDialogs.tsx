import { lazy, type ReactNode, Suspense } from "react";
import { useView } from "../store/view";

const Dialogs = lazy(() => import("./Dialogs"));

/** The dialogs of this room: `connections` (all of them) and `connection` (one, with a ConnectionGiven). */
export function SettingsDialogs(): ReactNode {
  const ours = useView(({ dialog }) => dialog?.name === "connections" || dialog?.name === "connection");
  return ours ? (
    <Suspense>
      <Dialogs />
    </Suspense>
  ) : null;
}
