import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

interface Props<T> {
  items: readonly T[];
  keyOf(item: T): string;
  row(item: T): ReactNode;
  /** Pixels; every row has the same. */
  rowHeight: number;
  label: string;
  chosen: string | null;
  onChoose(item: T): void;
  /** Shown while the reader has scrolled up and news is below. */
  toEnd: string;
}

/** A list of which only the rows in view are in the page; it stays at its end unless the reader has scrolled up. */
export function VirtualList<T>({ items, keyOf, row, rowHeight, label, chosen, onChoose, toEnd }: Props<T>): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [view, setView] = useState({ top: 0, height: 400 });
  const [follows, setFollows] = useState(true);
  const anchor = useRef<{ key: string; index: number } | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Old rows leave at the top: what the reader looks at stays where it is.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (follows) element.scrollTop = element.scrollHeight;
    else if (anchor.current !== null) {
      const index = items.findIndex((item) => keyOf(item) === anchor.current?.key);
      if (index >= 0 && index !== anchor.current.index) {
        element.scrollTop += (index - anchor.current.index) * rowHeight;
        anchor.current.index = index;
      }
    }
  }, [items, follows, keyOf, rowHeight]);

  const scrolled = (): void => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight / 2;
    setFollows(atEnd);
    setView({ top: element.scrollTop, height: element.clientHeight });
    const index = Math.floor(element.scrollTop / rowHeight);
    const item = items[index];
    anchor.current = item === undefined ? null : { key: keyOf(item), index };
  };

  const at = chosen === null ? -1 : items.findIndex((item) => keyOf(item) === chosen);
  const pressed = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? items.length - 1 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: items.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted === undefined || items.length === 0) return;
    event.preventDefault();
    const index = Math.min(items.length - 1, Math.max(0, wanted));
    const item = items[index];
    if (item === undefined) return;
    onChoose(item);
    const element = box.current;
    if (element === null) return;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
  };

  const top = follows ? Math.max(0, items.length * rowHeight - view.height) : view.top;
  const first = Math.max(0, Math.floor(top / rowHeight) - 3);
  const last = Math.min(items.length, Math.ceil((top + view.height) / rowHeight) + 3);
  return (
    <div className="debug-list-frame">
      <div
        ref={box}
        className="debug-list"
        role="listbox"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={at >= first && at < last ? `${id}-${at}` : undefined}
        onScroll={scrolled}
        onKeyDown={pressed}
      >
        <div role="presentation" style={{ height: first * rowHeight }} />
        {items.slice(first, last).map((item, i) => (
          <div
            key={keyOf(item)}
            id={`${id}-${first + i}`}
            role="option"
            aria-selected={first + i === at}
            aria-setsize={items.length}
            aria-posinset={first + i + 1}
            className="debug-row"
            style={{ height: rowHeight }}
            onClick={() => onChoose(item)}
          >
            {row(item)}
          </div>
        ))}
        <div role="presentation" style={{ height: (items.length - last) * rowHeight }} />
      </div>
      {!follows && items.length > 0 && (
        <button type="button" className="button button-primary debug-to-end" onClick={() => setFollows(true)}>
          {toEnd}
        </button>
      )}
    </div>
  );
}
