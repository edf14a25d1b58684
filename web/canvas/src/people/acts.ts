/** What is done to users and rights: the lists are read again after each, and what was refused is said. */
import { useCallback, useEffect, useState } from "react";
import { said } from "../api/said";

/** Do something at the server; says whether it was done. */
export type Act = (what: () => Promise<unknown>) => Promise<boolean>;

/** `load` reads the lists: at once, and after each act. */
export function useActs(load: () => Promise<void>): { act: Act; error: string } {
  const [error, setError] = useState("");
  const act: Act = useCallback(
    async (what) => {
      setError("");
      try {
        await what();
        await load();
        return true;
      } catch (reason) {
        setError(said(reason));
        return false;
      }
    },
    [load],
  );
  useEffect(() => void act(async () => {}), [act]);
  return { act, error };
}
