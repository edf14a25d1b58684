import { type ReactNode, Suspense } from "react";
import { useView } from "../store/view";
import { withForms } from "./withForms";

const Dialogs = withForms(() => import("./Dialogs"));

/** The dialogs of this room: `connections` (all of them) and `connection` (one, with a ConnectionGiven). */
export function SettingsDialogs(): ReactNode {
  const ours = useView(({ dialog }) => dialog?.name === "connections" || dialog?.name === "connection");
  return ours ? (
    <Suspense>
      <Dialogs />
    </Suspense>
  ) : null;
}
