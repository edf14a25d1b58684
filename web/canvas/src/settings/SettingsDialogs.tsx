import { type ReactNode, Suspense } from "react";
import { useView } from "../store/view";
import { TypedAhead } from "../ui/TypedAhead";
import { withForms } from "./withForms";

const Dialogs = withForms(() => import("./Dialogs"));

/** The dialogs of this room: `connections` (all of them) and `connection` (one, with a ConnectionGiven). */
export function SettingsDialogs(): ReactNode {
  const ours = useView(({ dialog }) => dialog?.name === "connections" || dialog?.name === "connection");
  return ours ? (
    <Suspense fallback={<TypedAhead onEscape={useView.getState().closeDialog} />}>
      <Dialogs />
    </Suspense>
  ) : null;
}
