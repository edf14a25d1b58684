/** Bring in the flows that have not been opened yet: a shared connection may be used by any of them. */
import { useEffect, useState } from "react";
import { loadAllFlows } from "../shell/loading";

/** Whether all of them are there. */
export function useAllFlows(wanted: boolean): boolean {
  const [loaded, setLoaded] = useState(!wanted);
  useEffect(() => {
    if (!wanted) return;
    let here = true;
    void loadAllFlows().then(() => here && setLoaded(true));
    return () => {
      here = false;
    };
  }, [wanted]);
  return loaded;
}
