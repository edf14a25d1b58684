/** Words of the room debug. */
export const debug = {};
