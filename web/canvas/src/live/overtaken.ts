/** What is asked for beside the stream: what that tells meanwhile is newer than an answer that was under way. */

/** Ask for what a store shows and put it there, unless the store has heard something newer; the stream tells the rest. */
export async function unlessOvertaken<T>(store: { getState(): object }, asked: Promise<T>, take: (found: T) => void): Promise<void> {
  const before = store.getState();
  const found = await asked;
  if (store.getState() === before) take(found);
}
