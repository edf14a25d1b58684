/** The note that is being written in. */
import { create } from "zustand";

export const useWriting = create<{ note: string | null }>()(() => ({ note: null }));
