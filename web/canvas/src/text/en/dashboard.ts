/** Words of the room dashboard. */
export const dashboard = {};
