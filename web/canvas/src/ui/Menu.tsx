import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon, type IconName } from "./Icon";
import "./menu.css";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** Keys that do the same, as people write them. */
  keys?: string;
  disabled?: boolean;
  /** Why it cannot be done now; shown where it is disabled. */
  why?: string;
  /** Given: one of several, or a switch, and whether it is on. */
  checked?: boolean;
  danger?: boolean;
  /** It is disabled, and there to be read. */
  note?: boolean;
  run(): void;
}

/** A line between items. */
export type MenuEntry = MenuItem | "line";

interface ListProps {
  label: string;
  entries: readonly MenuEntry[];
  /** Where its corner is, in the window; it moves so that all of it can be seen. */
  at: { x: number; y: number; right?: boolean };
  /** What opened it: a press there is no press outside. */
  opener?: HTMLElement | null;
  onClose(): void;
}

/** An open menu: arrows, Home, End and first letters move, Enter runs, Escape and Tab close. Focus goes back afterwards. */
export function MenuList({ label, entries, at, opener, onClose }: ListProps): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number } | null>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const box = list.current?.getBoundingClientRect();
    if (box === undefined) return;
    const left = at.right ? at.x - box.width : at.x;
    setPlace({
      left: Math.max(4, Math.min(left, innerWidth - box.width - 4)),
      top: Math.max(4, Math.min(at.y, innerHeight - box.height - 4)),
    });
  }, [at.x, at.y, at.right]);
  // In this phase: what the item opens finds the focus given back, and gives it back there itself.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const outside = (event: PointerEvent): void => {
      const inside = event.target instanceof Node && (list.current?.contains(event.target) || opener?.contains(event.target));
      if (!inside) close.current();
    };
    const away = (): void => close.current();
    document.addEventListener("pointerdown", outside, true);
    addEventListener("blur", away);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      removeEventListener("blur", away);
      const inside = list.current?.contains(document.activeElement) ?? true;
      if ((inside || document.activeElement === document.body) && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [opener]);
  const placed = place !== null;
  useEffect(() => {
    if (placed) itemsOf(list.current)[0]?.focus(); // what cannot be seen cannot have the focus
  }, [placed]);
  const key = (event: KeyboardEvent): void => {
    const items = itemsOf(list.current);
    const now = items.indexOf(document.activeElement as HTMLElement);
    const to = next(event.key, now, items);
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      onClose();
    } else if (to !== null) {
      event.preventDefault();
      items[to]?.focus();
    }
  };
  return (
    <div
      ref={list}
      role="menu"
      aria-label={label}
      className="menu"
      style={place === null ? { visibility: "hidden", left: 0, top: 0 } : place}
      onKeyDown={key}
      onContextMenu={(event) => event.preventDefault()}
    >
      {entries.map((entry, index) =>
        entry === "line" ? (
          <hr key={`line-${index}`} className="menu-line" />
        ) : (
          <button
            key={entry.label}
            type="button"
            role={entry.checked === undefined ? "menuitem" : "menuitemcheckbox"}
            aria-checked={entry.checked}
            aria-disabled={entry.disabled}
            tabIndex={-1}
            title={entry.disabled ? entry.why : undefined}
            className={`menu-item ${entry.danger ? "menu-danger" : ""} ${entry.note ? "menu-note" : ""}`}
            onClick={() => {
              if (entry.disabled) return;
              onClose();
              entry.run();
            }}
          >
            <span className="menu-mark">
              {entry.checked ? <Icon name="check" size={14} /> : entry.icon && <Icon name={entry.icon} size={14} />}
            </span>
            <span className="menu-label">{entry.label}</span>
            {entry.keys && <kbd className="menu-keys">{entry.keys}</kbd>}
          </button>
        ),
      )}
    </div>
  );
}

interface ButtonProps {
  label: string;
  icon?: IconName;
  /** Shown beside the icon; without it the label is the tooltip. */
  children?: ReactNode;
  className?: string;
  /** Made when it opens. */
  entries(): readonly MenuEntry[];
}

/** A button that opens a menu below itself. */
export function MenuButton({ label, icon, children, className = "", entries }: ButtonProps): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const [at, setAt] = useState<{ x: number; y: number; right: boolean } | null>(null);
  const open = (): void => {
    const box = button.current?.getBoundingClientRect();
    if (box === undefined) return;
    const right = box.left > innerWidth / 2;
    setAt({ x: right ? box.right : box.left, y: box.bottom + 4, right });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={`icon-button ${className}`}
        aria-haspopup="menu"
        aria-expanded={at !== null}
        aria-label={label}
        title={label}
        onClick={() => (at === null ? open() : setAt(null))}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || at !== null) return;
          event.preventDefault();
          open();
        }}
      >
        {icon && <Icon name={icon} />}
        {children}
      </button>
      {at && <MenuList label={label} entries={entries()} at={at} opener={button.current} onClose={() => setAt(null)} />}
    </>
  );
}

function itemsOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
}

function next(key: string, now: number, items: readonly HTMLElement[]): number | null {
  const count = items.length;
  if (count === 0) return null;
  if (key === "ArrowDown") return (now + 1) % count;
  if (key === "ArrowUp") return (now + count - 1) % count;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key.length !== 1 || key === " ") return null;
  for (let step = 1; step <= count; step++) {
    const index = (now + step) % count;
    const label = items[index]?.querySelector(".menu-label")?.textContent ?? "";
    if (label.toLowerCase().startsWith(key.toLowerCase())) return index;
  }
  return null;
}
