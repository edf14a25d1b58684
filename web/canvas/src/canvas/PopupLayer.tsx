import { type ReactNode, Suspense } from "react";
import { createPortal } from "react-dom";
import { later } from "../ui/later";
import { AddPicker } from "./AddPicker";
import { ContextMenu } from "./ContextMenu";
import { usePopups } from "./popups";
import { ConnectPicker, DisconnectPicker } from "./WirePicker";

const FeedbackDialog = later(() => import("./FeedbackDialog").then((part) => part.FeedbackDialog), "first");
const NameDialog = later(() => import("./NameDialog").then((part) => part.NameDialog), "first");

/** What is open over the canvas. */
export function PopupLayer(): ReactNode {
  const popup = usePopups((state) => state.popup);
  if (popup === null) return null;
  // Outside of the canvas, whose keys and pointers are its own, but in the same landmark of the page.
  return createPortal(<Suspense>{content()}</Suspense>, document.getElementById("flow-panel") ?? document.body);

  function content(): ReactNode {
    switch (popup?.kind) {
      case "add":
        return <AddPicker popup={popup} />;
      case "connect":
        return <ConnectPicker popup={popup} />;
      case "disconnect":
        return <DisconnectPicker popup={popup} />;
      case "menu":
        return <ContextMenu popup={popup} />;
      case "feedback":
        return <FeedbackDialog popup={popup} />;
      case "name":
        return <NameDialog popup={popup} />;
      default:
        return null;
    }
  }
}
