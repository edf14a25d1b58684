/** Words of the room deploy. */
export const deploy = {};
