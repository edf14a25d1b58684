import { type ReactNode, Suspense } from "react";
import { withForms } from "./withForms";

const Info = withForms(() => import("./Info"));

/** Help and facts of what is selected; it is no part of the first load. */
export function InfoPane(): ReactNode {
  return (
    <Suspense>
      <Info />
    </Suspense>
  );
}
