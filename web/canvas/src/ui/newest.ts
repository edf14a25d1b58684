/** Answers that come in another order than what they answer was asked: an older one is not put over a newer. */
import { useCallback, useRef } from "react";

/** Returns what takes an answer, unless something has been asked after it. */
export function useNewest(): <T>(asked: Promise<T>, take: (found: T) => void) => Promise<void> {
  const last = useRef(0);
  return useCallback(async (asked, take) => {
    const turn = ++last.current;
    const found = await asked;
    if (turn === last.current) take(found);
  }, []);
}
