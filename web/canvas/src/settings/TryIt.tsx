/** Run a transform alone on a sample message: loaded with the forms. */
import { type ReactNode, useId, useState } from "react";
import { ApiError, post } from "../api/client";
import type { NodeType, Port, TryResult } from "../api/types";
import { FieldFrame } from "../forms/fields/FieldFrame";
import { type Schema, shown } from "../forms/schema";
import { AnyValue } from "../forms/widgets/AnyValue";
import { nodeLive, wireLive } from "../live/values";
import { end, type FlowDoc } from "../model/flow";
import { portsOf } from "../model/ports";
import { liveKey } from "../model/wires";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import type { Failed } from "./useFormPlace";
import "../forms/templates/compound.css";

interface Props {
  flow: string;
  doc: FlowDoc;
  id: string;
  type: NodeType;
  inputs: Port[];
  onFailed(failed: Record<string, Failed>): void;
}

export default function TryIt({ flow, doc, id, type, inputs, onFailed }: Props): ReactNode {
  const t = useText();
  const ids = useId();
  const [open, setOpen] = useState(false);
  const [payload, setPayload] = useState<unknown>(1);
  const [topic, setTopic] = useState("");
  const [port, setPort] = useState(inputs[0]?.name ?? "");
  const [result, setResult] = useState<TryResult | null>(null);
  const [running, setRunning] = useState(false);
  const take = (): void => {
    const live = lastValue(flow, doc, id);
    if (live !== undefined) setPayload(live);
  };
  const run = async (): Promise<void> => {
    setRunning(true);
    const options = doc.nodes[id]?.options ?? {};
    const message = { payload: payload ?? null, ...(topic !== "" && { topic }) };
    const body = { type: type.type, options, messages: [message], port, environment: doc.environment ?? {} };
    const answer = await post<TryResult>("/api/try", body).catch((error: unknown) => failure(error));
    setRunning(false);
    setResult(answer);
    const option = codeOption(type.schema as Schema, answer.error);
    onFailed(answer.error !== "" && option !== undefined ? { [option]: { line: answer.line || 1, text: answer.error } } : {});
  };
  return (
    <details
      className="settings-part form-more"
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now && !open) take();
        setOpen(now);
      }}
    >
      <summary>
        <Icon name={open ? "down" : "right"} size={14} />
        {t("try.title")}
      </summary>
      {open && (
        <div className="try">
          <p className="form-about">{t("try.about")}</p>
          <FieldFrame id={`${ids}-payload`} label={t("try.payload")} errors={[]}>
            <AnyValue
              id={`${ids}-payload`}
              name="payload"
              label={t("try.payload")}
              describedBy={undefined}
              invalid={false}
              schema={{}}
              value={payload}
              nullable={false}
              required={false}
              kept
              readonly={false}
              set={setPayload}
            />
          </FieldFrame>
          <FieldFrame id={`${ids}-topic`} label={t("try.topic")} errors={[]}>
            <input id={`${ids}-topic`} type="text" autoComplete="off" value={topic} onChange={(event) => setTopic(event.target.value)} />
          </FieldFrame>
          {inputs.length > 1 && (
            <FieldFrame id={`${ids}-port`} label={t("try.port")} errors={[]}>
              <select id={`${ids}-port`} value={port} onChange={(event) => setPort(event.target.value)}>
                {inputs.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </FieldFrame>
          )}
          <div className="settings-buttons">
            <Button look="primary" icon="play" disabled={running} onClick={() => void run()}>
              {t(running ? "try.running" : "try.run")}
            </Button>
            <Button look="quiet" onClick={take}>
              {t("try.last")}
            </Button>
          </div>
          <div role="status">{result && !running && <Outcome result={result} />}</div>
        </div>
      )}
    </details>
  );
}

function Outcome({ result }: { result: TryResult }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { outputs, line } = result;
  const error = spoken(result.error);
  return (
    <>
      {outputs.map(({ port, message }, i) => (
        <div className="try-out" key={i}>
          <span>{t("try.out", { port })}</span>
          <code>{shown(message["payload"] ?? null)}</code>
          <details>
            <summary>{t("try.message")}</summary>
            <pre>{JSON.stringify(message, null, 2)}</pre>
          </details>
        </div>
      ))}
      {error !== "" ? (
        <p className="form-error">
          <Icon name="error" size={14} />
          <span>{line > 0 && !/^line \d/.test(result.error) ? t("try.error.line", { line, error }) : t("try.error", { error })}</span>
        </p>
      ) : (
        outputs.length === 0 && <p>{t("try.nothing")}</p>
      )}
    </>
  );
}

/** The last value that came to the node: by a wire, or what the node before it sent. */
function lastValue(flow: string, doc: FlowDoc, id: string): unknown {
  const known = { types: usePalette.getState().types, ports: useChecks.getState().checks[flow]?.ports ?? {} };
  for (const wire of doc.wires.filter(({ to }) => end(to).node === id)) {
    const before = end(wire.from).node;
    const from = portsOf(doc, before, known).outputs[0]?.name ?? "out";
    const to = portsOf(doc, id, known).inputs[0]?.name ?? "in";
    for (const live of [wireLive(flow, liveKey(wire, from, to)), nodeLive(flow, before)])
      if (live !== undefined && live.kind !== "null" && live.kind !== "bytes" && live.value !== undefined) return live.value;
  }
  return undefined;
}

/** The option whose code failed: the one that the error names, else the first with code in it. */
function codeOption(schema: Schema, error: string): string | undefined {
  const names = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => (["code", "expression"].includes(inner["x-widget"] ?? "") ? [name] : []));
  return names.find((name) => new RegExp(`\\b${name}\\b`).test(error)) ?? names[0];
}

function failure(error: unknown): TryResult {
  if (!(error instanceof ApiError)) return { outputs: [], error: String(error), line: 0 };
  const first = error.problems[0];
  const text = [error.message, error.hint, first?.message].filter(Boolean).join(" – ");
  return { outputs: [], error: text, line: 0 };
}
