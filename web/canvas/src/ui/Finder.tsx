import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon, type IconName } from "./Icon";
import "./finder.css";

export interface Found {
  key: string;
  label: string;
  /** Beside the label, in small letters. */
  detail?: string;
  /** Below it: where the words were found. */
  below?: string;
  icon?: IconName;
  keys?: string;
}

interface Props {
  label: string;
  placeholder: string;
  /** Said when nothing was found. */
  none: string;
  words: string;
  onWords(words: string): void;
  found: readonly Found[];
  onChoose(key: string): void;
  /** An item was reached by the arrows. */
  onReach?(key: string): void;
}

/** A field with what was found below it: arrows move, Enter chooses. */
export function Finder({ label, placeholder, none, words, onWords, found, onChoose, onReach }: Props): ReactNode {
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [chosen, setChosen] = useState(0);
  const at = Math.max(0, Math.min(chosen, found.length - 1));
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" }); // newer browsers return a promise: no cleanup
  }, [at, found]);
  const step = (by: number): void => {
    if (found.length === 0) return;
    const next = (at + by + found.length) % found.length;
    setChosen(next);
    const key = found[next]?.key;
    if (key !== undefined) onReach?.(key);
  };
  return (
    <div className="finder">
      <input
        className="finder-field"
        role="combobox"
        aria-label={label}
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        placeholder={placeholder}
        autoFocus
        spellCheck={false}
        value={words}
        onChange={(event) => {
          setChosen(0);
          onWords(event.target.value);
        }}
        onKeyDown={(event) => {
          const key = found[at]?.key;
          if (event.key === "ArrowDown") step(1);
          else if (event.key === "ArrowUp") step(-1);
          else if (event.key === "Enter" && key !== undefined) onChoose(key);
          else return;
          event.preventDefault();
        }}
      />
      <p className="finder-none" role="status">
        {found.length === 0 && words !== "" ? none : ""}
      </p>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label={label} className="finder-list">
        {found.map(({ key, label: name, detail, below, icon, keys }, index) => (
          <li
            key={key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className="finder-item"
            onPointerMove={() => index !== at && setChosen(index)}
            onClick={() => onChoose(key)}
          >
            {icon && <Icon name={icon} />}
            <span className="finder-name">{name}</span>
            {detail && <span className="finder-detail">{detail}</span>}
            {keys && <kbd>{keys}</kbd>}
            {below && <span className="finder-below">{below}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whether every word of a search is somewhere in a text. */
export function matches(text: string, words: string): boolean {
  const low = text.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
