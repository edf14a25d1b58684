import { lazy, type ReactNode, Suspense } from "react";

const Info = lazy(() => import("./Info"));

/** Help and facts of what is selected; it is no part of the first load. */
export function InfoPane(): ReactNode {
  return (
    <Suspense>
      <Info />
    </Suspense>
  );
}
