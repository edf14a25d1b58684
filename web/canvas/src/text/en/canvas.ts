/** Words of the room canvas. */
export const canvas = {};
