import type { ReactNode } from "react";
import { useText } from "../../text";
import { IconButton } from "../../ui/Button";
import { type Control, wiring } from "../control";
import { usePlace } from "../place";

const NEW = " new"; // no name begins with a blank

/** Which connection a node uses: those of the flow and those that all flows share, of the type it needs. */
export function ConnectionPick(control: Control): ReactNode {
  const t = useText();
  const { connections, newConnection, editConnection } = usePlace();
  const { schema, value, readonly, required, set, label } = control;
  const type = schema["x-connection"] ?? "";
  const named = typeof value === "string" ? value : "";
  const fitting = (all: Record<string, string>): string[] => Object.keys(all).filter((name) => all[name] === type);
  const own = fitting(connections.own);
  const shared = fitting(connections.shared).filter((name) => !(name in connections.own));
  const known = own.includes(named) || shared.includes(named);
  return (
    <div className="form-pick">
      <select
        {...wiring(control)}
        value={named}
        disabled={readonly}
        onChange={(event) => {
          if (event.target.value === NEW) newConnection(type, set);
          else set(event.target.value || undefined);
        }}
      >
        <option value="" disabled={required}>
          {required ? t("form.choose") : t("form.empty")}
        </option>
        {named !== "" && !known && <option value={named}>{t("form.connection.missing", { name: named })}</option>}
        {own.length > 0 && (
          <optgroup label={t("form.connection.own")}>
            {own.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </optgroup>
        )}
        {shared.length > 0 && (
          <optgroup label={t("form.connection.shared")}>
            {shared.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </optgroup>
        )}
        {!readonly && <option value={NEW}>{t("form.connection.new")}</option>}
      </select>
      <IconButton
        icon="edit"
        label={t("form.connection.edit", { name: named || label })}
        disabled={!known}
        onClick={() => editConnection(named)}
      />
    </div>
  );
}
