import { useEffect, useState } from "react";
import { get } from "../api/client";
import { said } from "../api/said";

/** Milliseconds between two looks: the engine writes down what it measured every other second. */
const PAUSE = 2000;

interface Looked<T> {
  /** The newest answer; null: there has been none. */
  found: T | null;
  setFound(found: T): void;
  /** Why the last look brought nothing. */
  error: string;
}

/** What the server says at a path, looked at again and again as long as it is shown. */
export function useAgain<T>(path: string): Looked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let timer = 0;
    let ended = false;
    const look = async (): Promise<void> => {
      try {
        const answer = await get<T>(path);
        if (ended) return;
        setFound(answer);
        setError("");
      } catch (reason) {
        if (!ended) setError(said(reason));
      }
      if (!ended) timer = window.setTimeout(() => void look(), PAUSE);
    };
    void look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [path]);
  return { found, setFound, error };
}
