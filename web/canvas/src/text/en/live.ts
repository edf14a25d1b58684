/** Words of the room live. */
export const live = {};
