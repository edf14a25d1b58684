import { type ReactNode, Suspense } from "react";
import { useText } from "../text";
import { withForms } from "./withForms";

const Settings = withForms(() => import("./Settings"));

/** The form of what is selected; it is no part of the first load. */
export function SettingsPane(): ReactNode {
  const t = useText();
  return (
    <Suspense fallback={<p className="shell-quiet">{t("form.loading")}</p>}>
      <Settings />
    </Suspense>
  );
}
