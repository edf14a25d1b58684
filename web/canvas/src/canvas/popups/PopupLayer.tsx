import { type ReactNode, Suspense } from "react";
import { createPortal } from "react-dom";
import { later } from "../../ui/later";
import { TypedAhead } from "../../ui/TypedAhead";
import { close, usePopups } from "./popups";

const Popups = later(() => import("./Popups").then((part) => part.Popups));

/** What is open over the canvas. */
export function PopupLayer(): ReactNode {
  const popup = usePopups((state) => state.popup);
  if (popup === null) return null;
  // Outside of the canvas, whose keys and pointers are its own, but in the same landmark of the page.
  return createPortal(
    <Suspense fallback={<TypedAhead onEscape={close} />}>
      <Popups popup={popup} />
    </Suspense>,
    document.getElementById("flow-panel") ?? document.body,
  );
}
