import type { ReactNode } from "react";
import { Notices } from "../ui/Notices";

export function App(): ReactNode {
  return (
    <>
      <h1 className="only-read">flowengine</h1>
      <Notices />
    </>
  );
}
