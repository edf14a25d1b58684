import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Icon, type IconName } from "../../ui/Icon";

export interface Choice {
  key: string;
  label: string;
  /** Said beside the label, in small letters. */
  detail?: string;
  icon?: IconName;
  look?: string;
}

interface Props {
  title: string;
  placeholder: string;
  none: string;
  screen: { x: number; y: number };
  /** The choices for what was typed, the best first. */
  choices(words: string): Choice[];
  onChoose(key: string): void;
  onClose(): void;
}

/** A list to type into: arrows choose, Enter takes, Escape closes. */
export function Picker({ title, placeholder, none, screen, choices, onChoose, onClose }: Props): ReactNode {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const found = choices(words);
  const at = Math.min(chosen, found.length - 1);
  usePlace(box, screen);
  useEffect(() => {
    const away = (event: PointerEvent): void => {
      if (!box.current?.contains(event.target as globalThis.Node)) onClose();
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, [onClose]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" }); // newer browsers return a promise: no cleanup
  }, [at]);
  const step = (by: number): void => setChosen(found.length === 0 ? 0 : (at + by + found.length) % found.length);
  return (
    <div ref={box} className="picker" role="dialog" aria-label={title}>
      <div className="picker-head">{title}</div>
      <input
        className="picker-field"
        role="combobox"
        aria-label={title}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[at] && `${id}-${at}`}
        aria-autocomplete="list"
        placeholder={placeholder}
        value={words}
        autoFocus
        onChange={(event) => {
          setWords(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "ArrowDown") step(1);
          else if (event.key === "ArrowUp") step(-1);
          else if (event.key === "Escape") onClose();
          else if (event.key === "Tab") onClose();
          else if (event.key === "Enter" && found[at]) onChoose(found[at].key);
          else return;
          event.preventDefault();
        }}
      />
      {found.length === 0 && <p className="picker-none">{none}</p>}
      <ul ref={list} id={`${id}-list`} className="picker-list" role="listbox" aria-label={title}>
        {found.map((choice, n) => (
          <li
            key={choice.key}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            className={`picker-choice ${choice.look ?? ""}`}
            onPointerMove={() => n !== at && setChosen(n)}
            onClick={() => onChoose(choice.key)}
          >
            {choice.icon && <Icon name={choice.icon} />}
            <span className="picker-label">{choice.label}</span>
            {choice.detail && <span className="picker-detail">{choice.detail}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Put a popup at a place of the screen, moved so far that all of it is seen. */
function usePlace(box: { readonly current: HTMLElement | null }, { x, y }: { x: number; y: number }): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(x, window.innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(y, window.innerHeight - height - 8))}px`;
  }, [box, x, y]);
}
