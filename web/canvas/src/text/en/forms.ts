/** Words of the room forms. */
export const forms = {};
