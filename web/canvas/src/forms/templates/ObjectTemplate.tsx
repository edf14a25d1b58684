import type { ObjectFieldTemplateProps } from "@rjsf/utils";
import { type ReactNode, useState } from "react";
import { useText } from "../../text";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { arrange } from "../arrange";
import { useAround } from "../place";
import { label as labelOf, type Options, type Schema, shown } from "../schema";

/** The members of an object: the usual ones first, rarely used ones under "More", unknown ones to be removed. */
export function ObjectTemplate(props: ObjectFieldTemplateProps): ReactNode {
  const t = useText();
  const { properties, fieldPathId, errorSchema, uiSchema } = props;
  const schema = props.schema as Schema;
  const value = (props.formData ?? {}) as Options;
  const wrong = Object.keys((errorSchema ?? {}) as object);
  // What is open stays open while it is edited: an option does not jump away from under the cursor.
  const [first] = useState(() => arrange(schema, value, wrong).first);
  const [behind, setBehind] = useState<string[]>([]);
  const { shown: visible, more } = arrange(schema, value, wrong, first, behind);
  const [open, setOpen] = useState(false);
  const nested = fieldPathId.path.length > 0 && uiSchema?.["ui:label"] !== false && typeof fieldPathId.path.at(-1) !== "number";
  const content = (name: string): ReactNode => properties.find((property) => property.name === name)?.content;
  const members = (
    <>
      {visible.map(content)}
      {more.length > 0 && (
        <details
          className="form-more"
          open={open}
          onToggle={(event) => {
            setOpen(event.currentTarget.open);
            setBehind(event.currentTarget.open ? more : []);
          }}
        >
          <summary>
            <Icon name={open ? "down" : "right"} size={14} />
            {t("form.more", { number: more.length })}
          </summary>
          {open && more.map(content)}
        </details>
      )}
      <Unknown schema={schema} value={value} readonly={props.readonly ?? false} />
    </>
  );
  if (!nested || uiSchema?.["ui:keep"] === true) return <div className="form-members">{members}</div>;
  return (
    <fieldset className="form-list">
      <legend className="form-label">{labelOf(String(fieldPathId.path.at(-1)), schema)}</legend>
      {schema.description && <p className="form-about">{schema.description}</p>}
      {members}
    </fieldset>
  );
}

/** Options in the file that the type does not have. */
function Unknown({ schema, value, readonly }: { schema: Schema; value: Options; readonly: boolean }): ReactNode {
  const t = useText();
  const around = useAround();
  if (schema.additionalProperties !== false) return null;
  const names = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name) && value[name] !== undefined);
  return names.map((name) => (
    <div className="form-unknown" key={name}>
      <Icon name="warning" />
      <div>
        <strong>{name}</strong> <code>{shown(value[name])}</code>
        <p className="form-error">{t("form.fault.unknown")}</p>
      </div>
      {!readonly && around !== null && (
        <IconButton
          icon="bin"
          label={t("form.remove", { name })}
          onClick={() => around.set(Object.fromEntries(Object.entries(around.value).filter(([other]) => other !== name)))}
        />
      )}
    </div>
  ));
}
