import { type ComponentType, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { create } from "zustand";
import { useText } from "../text";
import { IconButton } from "./Button";

/** What stands in the head of every dialog, since nothing behind an open one can be reached: the emergency stop. */
export const useDialogHead = create<{ Head: ComponentType | null }>()(() => ({ Head: null }));

interface Props {
  title: string;
  /** Without it the dialog stays until what it asks for is done. */
  onClose?(): void;
  children: ReactNode;
  /** Buttons at the bottom, the main one last. */
  actions?: ReactNode;
  wide?: boolean;
  /** `side`: at the right edge, `top`: at the top, so that the canvas beside it can be seen. */
  look?: "middle" | "side" | "top";
}

/** A modal dialog: the browser keeps the focus in it, Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children, actions, wide = false, look = "middle" }: Props): ReactNode {
  const t = useText();
  const element = useRef<HTMLDialogElement>(null);
  const name = useId();
  const { Head } = useDialogHead();
  /** What stands in it is drawn once it is open: before, nothing in it could take the focus (`autoFocus`). */
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    dialog?.focus(); // the browser would take its first button: the emergency stop
    setOpen(true);
    return () => {
      dialog?.close(); // as long as it is open nothing behind it can take the focus
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      tabIndex={-1}
      className={`dialog ${wide ? "dialog-wide" : ""} dialog-${look}`}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={() => {
        if (element.current?.open !== false) return; // we have closed it ourselves
        // A second Escape closes it whatever we say.
        if (onClose) onClose();
        else element.current?.showModal();
      }}
    >
      <header className="dialog-head">
        <h2 id={name}>{title}</h2>
        {Head && <Head />}
        {onClose && <IconButton icon="close" label={t("button.close")} onClick={onClose} />}
      </header>
      <div className="dialog-body">{open && children}</div>
      {actions && <footer className="dialog-foot">{actions}</footer>}
    </dialog>
  );
}
