import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useText } from "../text";
import { preview, step } from "./preview";

/** Children shown at once; more are asked for. */
const PART = 100;

interface Props {
  value: unknown;
  /** The path of the value itself: `payload`. */
  path: string;
  label: string;
  onPick(path: string, value: unknown): void;
}

/** A value to be opened step by step; what is closed is not in the page. Arrows as in every tree. */
export function JsonTree({ value, path, label, onPick }: Props): ReactNode {
  const [focus, setFocus] = useState(path);
  return (
    <ul
      className="debug-tree mono"
      role="tree"
      aria-label={label}
      onFocus={(event) => setFocus((event.target as HTMLElement).dataset["path"] ?? path)}
    >
      <Branch name={path} value={value} path={path} level={1} open focus={focus} onPick={onPick} />
    </ul>
  );
}

interface BranchProps {
  name: string;
  value: unknown;
  path: string;
  level: number;
  open?: boolean;
  focus: string;
  onPick(path: string, value: unknown): void;
}

function Branch({ name, value, path, level, open: begin = false, focus, onPick }: BranchProps): ReactNode {
  const t = useText();
  const [open, setOpen] = useState(begin);
  const [shown, setShown] = useState(PART);
  const children = open ? entries(value) : [];
  const opens = typeof value === "object" && value !== null && size(value) > 0;

  const pressed = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "ArrowRight" && opens && !open) setOpen(true);
    else if (event.key === "ArrowLeft" && open && opens) setOpen(false);
    else if (event.key === "ArrowLeft") (event.currentTarget.parentElement?.closest("[role=treeitem]") as HTMLElement | null)?.focus();
    else if (event.key === "ArrowRight" || event.key === "ArrowDown") move(event.currentTarget, 1);
    else if (event.key === "ArrowUp") move(event.currentTarget, -1);
    else if (event.key === "Enter" || event.key === " ") {
      onPick(path, value);
      if (opens) setOpen(!open);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-expanded={opens ? open : undefined}
      aria-selected={focus === path}
      aria-label={`${name}: ${opens ? size(value as object) : preview(value, 80)}`}
      tabIndex={focus === path ? 0 : -1}
      data-path={path}
      onKeyDown={pressed}
    >
      <span
        className="debug-leaf"
        onClick={() => {
          onPick(path, value);
          if (opens) setOpen(!open);
        }}
      >
        <span className="debug-twist" aria-hidden="true">
          {opens ? (open ? "▾" : "▸") : ""}
        </span>
        <span className="debug-name">{name}</span>
        <span className={`debug-value debug-value-${typeof value}`}>
          {opens ? (open ? brackets(value) : preview(value, 80)) : value === undefined ? "" : JSON.stringify(value)}
        </span>
      </span>
      {open && opens && (
        <ul role="group">
          {children.slice(0, shown).map(([key, child]) => (
            <Branch
              key={key}
              name={String(key)}
              value={child}
              path={path + step(key)}
              level={level + 1}
              focus={focus}
              onPick={onPick}
            />
          ))}
          {children.length > shown && (
            <li role="none">
              <button type="button" className="button button-quiet" onClick={() => setShown(shown + PART)}>
                {t("debug.more", { count: children.length - shown })}
              </button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function entries(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((child: unknown, i) => [i, child]);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function size(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function brackets(value: unknown): string {
  return Array.isArray(value) ? `[${value.length}]` : `{${size(value as object)}}`;
}

function move(from: HTMLElement, by: number): void {
  const all = [...(from.closest("[role=tree]")?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? [])];
  all[all.indexOf(from) + by]?.focus();
}
