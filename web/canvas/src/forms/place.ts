/** Where a form stands: what its fields may refer to. */
import { createContext, useContext } from "react";
import type { Schema } from "./schema";

export interface FormPlace {
  /** Whether values may be references: options may, a note may not. */
  refers: boolean;
  /** The variables that the flow itself sets, the parameters it declares: offered for references. */
  variables: string[];
  parameters: string[];
  /** Connections by where they are kept. */
  connections: { own: Record<string, string>; shared: Record<string, string> };
  /** Open the dialog for a new connection of a type; `done` hears its name. */
  newConnection(type: string, done: (name: string) => void): void;
  editConnection(name: string): void;
  /** Where the code of an option failed when it was tried last. */
  failed(option: string): { line: number; text: string } | null;
}

const NOWHERE: FormPlace = {
  refers: false,
  variables: [],
  parameters: [],
  connections: { own: {}, shared: {} },
  newConnection: () => {},
  editConnection: () => {},
  failed: () => null,
};

export const Place = createContext<FormPlace>(NOWHERE);
export const usePlace = (): FormPlace => useContext(Place);

/** The object that a field is a member of: for controls that write two members at once. */
export interface Around {
  schema: Schema;
  value: Record<string, unknown>;
  /** The library's tree of faults, by member. */
  errors: Record<string, { __errors?: string[] }>;
  set(value: Record<string, unknown>): void;
}

export const AroundContext = createContext<Around | null>(null);
export const useAround = (): Around | null => useContext(AroundContext);

/** Put another list in place of the one that a field is: the library has no way to add an entry with a value. */
export const ListContext = createContext<((list: unknown[]) => void) | null>(null);
export const useList = (): ((list: unknown[]) => void) | null => useContext(ListContext);
