/** Words of the frame around everything: header, sign-in, dialogs, actions of no room. */
export const shell = {
  "app.name": "flowengine",
  "button.close": "Close",
  "button.cancel": "Cancel",
  "button.ok": "OK",
  "notice.dismiss": "Dismiss",
};
