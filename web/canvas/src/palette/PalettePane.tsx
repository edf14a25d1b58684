import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { NodeType } from "../api/types";
import { useTypes } from "../canvas/knowledge";
import { addType } from "../canvas/deeds/add";
import { SUBFLOW } from "../model/flow";
import { categoryName, shortName, typeName } from "../model/typeName";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { followPress, useDragging } from "./dragging";
import { categories, findTypes, iconOf, lookOf } from "./find";
import "./palette.css";

/** What can be dragged in. Arrow keys go through it, Enter adds. */
export function PalettePane(): ReactNode {
  const t = useText();
  const types = useTypes();
  const { failed, loaded } = usePalette();
  const flow = useProject((state) => state.active);
  const [words, setWords] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const all = useMemo(() => Object.values(types).filter(({ kind, type }) => kind !== "connection" && type !== SUBFLOW + (flow ?? "")), [types, flow]);
  const found = useMemo(() => findTypes(all, words), [all, words]);
  const sections = useMemo(() => categories(found), [found]);
  const searching = words.trim() !== "";
  const toggle = (key: string): void => {
    const next = new Set(closed);
    if (!next.delete(key)) next.add(key);
    setClosed(next);
  };
  return (
    <div className="palette">
      <div className="palette-search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t("palette.search")}
          placeholder={t("palette.search")}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && found[0] && flow !== null) addType(flow, found[0].type);
            else if (event.key === "ArrowDown") step(list.current, 1);
            else if (event.key === "Escape" && words !== "") setWords("");
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      </div>
      <div ref={list} className="palette-list" onKeyDown={(event) => walk(event, list.current)}>
        {!loaded && <p className="palette-quiet">{t("palette.loading")}</p>}
        {loaded && searching && found.length === 0 && <p className="palette-quiet">{t("palette.none", { words })}</p>}
        {searching
          ? found.length > 0 && (
              <ul className="palette-types">
                {found.map((type) => (
                  <Entry key={type.type} type={type} name={typeName(type.type)} />
                ))}
              </ul>
            )
          : sections.map(({ key, types: some }) => (
              <section key={key}>
                <h3 className="palette-head">
                  <button type="button" aria-expanded={!closed.has(key)} onClick={() => toggle(key)}>
                    <Icon name={closed.has(key) ? "right" : "down"} size={14} />
                    {`${key}/` === SUBFLOW ? t("palette.subflows") : categoryName(key)}
                  </button>
                </h3>
                {!closed.has(key) && (
                  <ul className="palette-types">
                    {some.map((type) => (
                      <Entry key={type.type} type={type} name={shortName(type.type)} />
                    ))}
                  </ul>
                )}
              </section>
            ))}
        {failed.length > 0 && !searching && (
          <section>
            <h3 className="palette-head palette-failed-head">{t("palette.failed")}</h3>
            <ul className="palette-types">
              {failed.map(({ name, error }) => (
                <li key={name} className="palette-failed">
                  <Icon name="error" size={14} />
                  <span>
                    {name}
                    <small>{error}</small>
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      <Carried />
    </div>
  );
}

function Entry({ type, name }: { type: NodeType; name: string }): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const may = useMay("editor", flow);
  return (
    <li>
      <button
        type="button"
        className={`palette-type ${lookOf(type)}`}
        aria-label={typeName(type.type)}
        title={`${type.title}\n${t("palette.how")}`}
        disabled={!may || flow === null}
        onPointerDown={(event) => followPress(type, event.nativeEvent)}
        onClick={(event) => {
          // A key (no place) or a finger: with a mouse it is dragged or double-clicked, so that a press does no harm.
          const native = event.nativeEvent as globalThis.PointerEvent;
          if (flow !== null && (event.detail === 0 || native.pointerType === "touch" || event.detail === 2)) addType(flow, type.type);
        }}
      >
        <Icon name={iconOf(type)} />
        <span className="palette-name">{name}</span>
        {type.local && (
          <span className="palette-tag" title={t("palette.local-why")}>
            {t("palette.local")}
          </span>
        )}
        {type.ot && <span className="palette-tag palette-ot">{t("palette.ot")}</span>}
      </button>
    </li>
  );
}

/** What is being dragged, under the pointer. */
function Carried(): ReactNode {
  const { type, x, y, over } = useDragging();
  if (type === null) return null;
  return createPortal(
    <div className={`palette-carried ${lookOf(type)} ${over ? "palette-over" : ""}`} style={{ left: x - 80, top: y - 23 }} aria-hidden="true">
      <Icon name={iconOf(type)} />
      {typeName(type.type)}
    </div>,
    document.body,
  );
}

function walk(event: KeyboardEvent, list: HTMLElement | null): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  step(list, by);
}

function step(list: HTMLElement | null, by: number): void {
  const all = [...(list?.querySelectorAll<HTMLElement>("button:not(:disabled)") ?? [])];
  const now = all.indexOf(document.activeElement as HTMLElement);
  all[Math.max(0, Math.min(all.length - 1, now + by))]?.focus();
}
