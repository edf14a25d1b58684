import { type ReactNode, Suspense } from "react";
import { FormLoading } from "./FormLoading";
import { withForms } from "./withForms";

const Settings = withForms(() => import("./Settings"));

/** The form of what is selected; it is no part of the first load. */
export function SettingsPane(): ReactNode {
  return (
    <Suspense fallback={<FormLoading className="shell-quiet" />}>
      <Settings />
    </Suspense>
  );
}
