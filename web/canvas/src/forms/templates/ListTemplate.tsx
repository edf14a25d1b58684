import type { ArrayFieldItemTemplateProps, ArrayFieldTemplateProps } from "@rjsf/utils";
import { type ReactNode, useRef } from "react";
import { useText } from "../../text";
import { Button, IconButton } from "../../ui/Button";
import { useList } from "../place";
import { fresh, kind, label as labelOf, type Schema } from "../schema";

/** A list: its entries, and a button for one more. */
export function ListTemplate(props: ArrayFieldTemplateProps): ReactNode {
  const t = useText();
  const { items, fieldPathId, readonly, canAdd, formData, uiSchema } = props;
  const schema = props.schema as Schema;
  const element = useRef<HTMLFieldSetElement>(null);
  const id = fieldPathId.$id;
  const label = labelOf(String(fieldPathId.path.at(-1) ?? ""), schema);
  const put = useList();
  return (
    <fieldset className="form-list" id={id} ref={element} aria-describedby={schema.description ? `${id}-about` : undefined}>
      <legend className={uiSchema?.["ui:label"] === false ? "only-read" : "form-label"}>{label}</legend>
      {schema.description && (
        <p className="form-about" id={`${id}-about`}>
          {schema.description}
        </p>
      )}
      {items}
      {!readonly && canAdd && (
        <Button
          look="quiet"
          icon="plus"
          onClick={() => {
            put?.([...((formData as unknown[] | undefined) ?? []), fresh(schema.items ?? {})]);
            // The new entry stands there after the next drawing.
            requestAnimationFrame(() => {
              const entries = element.current?.querySelectorAll(":scope > .form-entry");
              entries?.[entries.length - 1]?.querySelector<HTMLElement>("input, select, textarea")?.focus();
            });
          }}
        >
          {t("form.add", { label })}
        </Button>
      )}
    </fieldset>
  );
}

/** One entry, with the buttons that move and remove it. */
export function ItemTemplate({ children, buttonsProps, index, schema, readonly }: ArrayFieldItemTemplateProps): ReactNode {
  const t = useText();
  const { hasMoveUp, hasMoveDown, hasRemove, onMoveUpItem, onMoveDownItem, onRemoveItem, fieldPathId, totalItems } = buttonsProps;
  const card = ["object", "switch"].includes(kind(schema as Schema));
  const list = labelOf(String(fieldPathId.path.at(-2) ?? fieldPathId.path.at(-1) ?? ""), {});
  const name = t("form.entry.of", { label: list, number: index + 1 });
  const buttons = !readonly && (
    <span className="form-entry-buttons">
      {totalItems > 1 && (
        <>
          <IconButton icon="up" label={t("form.up", { name })} disabled={!hasMoveUp} onClick={onMoveUpItem} />
          <IconButton icon="down" label={t("form.down", { name })} disabled={!hasMoveDown} onClick={onMoveDownItem} />
        </>
      )}
      {hasRemove && <IconButton icon="bin" label={t("form.remove", { name })} onClick={onRemoveItem} />}
    </span>
  );
  if (!card)
    return (
      <div className="form-entry form-row">
        {children}
        {buttons}
      </div>
    );
  return (
    <div className="form-entry form-card" role="group" aria-label={name}>
      <div className="form-card-head">
        <span className="form-card-name">{name}</span>
        {buttons}
      </div>
      {children}
    </div>
  );
}
