/** Milliseconds between two looks: the engine writes down what it measured every other second. */
const PAUSE = 2000;

/** Look, and look again as long as what is returned has not been called; `over` says whether it has. */
export function again(look: (over: () => boolean) => Promise<void>): () => void {
  let timer = 0;
  let ended = false;
  const over = (): boolean => ended;
  const turn = async (): Promise<void> => {
    await look(over);
    if (!ended) timer = window.setTimeout(() => void turn(), PAUSE);
  };
  void turn();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
