/** Drafts in this browser (IndexedDB), for as long as the server does not have them: a crash or a reload loses nothing. */
import type { FlowDoc } from "../../model/flow";

export interface LocalDraft {
  /** Whose, of which folder, which flow, which tab. */
  key: string;
  flow: string;
  doc: FlowDoc | null;
  base: string;
  /** The server's draft that it goes on from; empty: none. */
  after: string;
  /** Seconds, by the clock of this browser. */
  saved: number;
}

const DATABASE = "flowengine";
const STORE = "drafts";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB cannot be opened"));
  });
  return opened;
}

async function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await open();
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB refused"));
      transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB is full"));
    });
  } catch {
    return undefined; // a browser that keeps nothing (private window, full disk): the guard before leaving still stands
  }
}

/** Where drafts are kept in this browser. */
export interface Keeping {
  put(draft: LocalDraft): Promise<unknown>;
  remove(key: string): Promise<unknown>;
  all(prefix: string): Promise<LocalDraft[]>;
}

export const localDrafts: Keeping & {
  /** Remove all whose key begins so; what is put from now on stays. */
  removeAll(prefix: string): Promise<unknown>;
} = {
  put: (draft) => inStore("readwrite", (store) => store.put(draft)),
  remove: (key) => inStore("readwrite", (store) => store.delete(key)),
  removeAll: (prefix) => inStore("readwrite", (store) => store.delete(from(prefix))),
  all: async (prefix) => (await inStore<LocalDraft[]>("readonly", (store) => store.getAll(from(prefix)) as IDBRequest<LocalDraft[]>)) ?? [],
};

function from(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}
