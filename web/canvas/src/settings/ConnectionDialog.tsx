import { type ReactNode, useId, useMemo, useState } from "react";
import { FieldFrame } from "../forms/fields/FieldFrame";
import { type Options, type Schema, schemaOf } from "../forms/schema";
import { keysOf, toldBelow } from "../forms/told";
import { freshName, isName, nameFor } from "../model/ids";
import { same } from "../model/same";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { connectionsAt, putConnection, type Schemas } from "./connections";
import { DeleteConnection } from "./DeleteConnection";
import { OptionsLoader } from "./OptionsLoader";
import { useAllFlows } from "./useAllFlows";
import { useFormPlace } from "./useFormPlace";

export interface ConnectionGiven {
  /** The flow it belongs to, or would belong to; null: shared. */
  flow: string | null;
  /** The connection to edit; without: a new one. */
  name?: string;
  /** The type that a new one must have. */
  type?: string;
  /** Hears the name of the new one. */
  done?(name: string): void;
  /** The dialog to go back to. */
  back?: string;
}

const NONE: Options = {};

/** Make or change a connection: nothing changes before it is saved, and then all of it as one step. */
export function ConnectionDialog({ flow, name, type: wanted, done, back }: ConnectionGiven): ReactNode {
  const t = useText();
  const types = usePalette((state) => state.types);
  const content = useProject((state) => state);
  const mayShare = useMay("editor");
  const readonly = !useMay("editor", flow ?? (name === undefined ? content.active : null));
  const ids = useId();
  const kinds = Object.values(types).filter((type) => type.kind === "connection");
  const [where, setWhere] = useState({ flow: flow ?? (mayShare || name !== undefined ? null : content.active) });
  const old = name === undefined ? undefined : connectionsAt(content, { flow })[name];
  const [type, setType] = useState(old?.type ?? wanted ?? kinds[0]?.type ?? "");
  const taken = (one: string): boolean => one !== name && Object.hasOwn(connectionsAt(content, where), one);
  const [typed, setTyped] = useState(() => name ?? freshName(nameFor(type), taken));
  const [options, setOptions] = useState<Options>(old?.options ?? NONE);
  const [deleting, setDeleting] = useState(false);
  const loaded = useAllFlows(flow === null && name !== undefined);
  const problems = useChecks((state) => state.checks[flow ?? content.active ?? ""]?.problems);
  const told = useMemo(() => {
    if (name === undefined || !same(options, old?.options ?? NONE)) return []; // what was said is of what stood there
    const ours = (problems ?? []).filter(({ path, file }) => keysOf(path)[0] === "connections" && (flow === null) === file.endsWith("connections.json"));
    return toldBelow(ours, ["connections", name, "options"]);
  }, [problems, name, flow, options, old]);
  const place = useFormPlace(where.flow, told);
  const schemas: Schemas = (key) => schemaOf(types[key]?.schema);
  const close = (): void => (back === undefined ? useView.getState().closeDialog() : useView.getState().openDialog(back));
  const fault = !isName(typed) ? t("settings.id.bad") : taken(typed) ? t("connection.name.taken") : "";

  const save = (): void => {
    const { commit, active } = useProject.getState();
    const spec = { ...old, type, options: Object.keys(options).length === 0 ? undefined : options };
    if (spec.options === undefined) delete spec.options;
    const step = t(name === undefined ? "connection.step.new" : "connection.step.edit", { name: typed });
    commit(step, where.flow ?? active ?? "", (now) => putConnection(now, where, name ?? null, typed, spec, schemas));
    if (done !== undefined) useProject.getState().stayOpen(); // that it is chosen belongs to it
    close();
    done?.(typed);
  };
  if (deleting && name !== undefined) return <DeleteConnection where={{ flow }} name={name} onClose={() => setDeleting(false)} onDone={close} />;
  return (
    <Dialog
      title={name === undefined ? t("connection.title.new") : t("connection.title.edit", { name })}
      onClose={close}
      actions={
        <>
          {name !== undefined && !readonly && (
            <Button look="danger" icon="bin" onClick={() => setDeleting(true)}>
              {t("connection.delete.short")}
            </Button>
          )}
          <span className="settings-gap" />
          <Button onClick={close}>{t("button.cancel")}</Button>
          {!readonly && (
            // What is still being typed reaches the draft when the button takes the focus.
            <Button look="primary" disabled={fault !== "" || type === "" || !loaded} onClick={save}>
              {t(name === undefined ? "connection.create" : "connection.save")}
            </Button>
          )}
        </>
      }
    >
      {name === undefined && (
        <>
          {wanted === undefined && (
            <FieldFrame id={`${ids}-type`} label={t("connection.type")} errors={[]}>
              <select
                id={`${ids}-type`}
                value={type}
                onChange={(event) => {
                  const next = event.target.value;
                  if (typed === freshName(nameFor(type), taken)) setTyped(freshName(nameFor(next), taken));
                  setType(next);
                  setOptions(NONE);
                }}
              >
                {kinds.map((kind) => (
                  <option key={kind.type} value={kind.type}>
                    {kind.title} ({kind.type})
                  </option>
                ))}
              </select>
            </FieldFrame>
          )}
          <FieldFrame id={`${ids}-where`} label={t("connection.where")} errors={[]}>
            <select
              id={`${ids}-where`}
              value={where.flow === null ? "shared" : "own"}
              onChange={(event) => setWhere({ flow: event.target.value === "shared" ? null : (flow ?? content.active) })}
            >
              {(flow ?? content.active) !== null && <option value="own">{t("connection.where.own")}</option>}
              <option value="shared" disabled={!mayShare}>{t("connection.where.shared")}</option>
            </select>
          </FieldFrame>
        </>
      )}
      <FieldFrame id={`${ids}-name`} label={t("connection.name")} errors={fault === "" ? [] : [fault]}>
        <input
          id={`${ids}-name`}
          type="text"
          className="mono"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          readOnly={readonly}
          aria-invalid={fault !== "" || undefined}
          aria-describedby={fault === "" ? undefined : `${ids}-name-faults`}
          onChange={(event) => setTyped(event.target.value)}
        />
      </FieldFrame>
      {types[type] !== undefined && (
        <OptionsLoader key={type} schema={types[type].schema as Schema} options={options} place={place} told={told} readonly={readonly} onChange={setOptions} />
      )}
    </Dialog>
  );
}
