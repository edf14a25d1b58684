import { type ReactNode, useState } from "react";
import { portsOf } from "../model/ports";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { notify } from "../ui/notices";
import { reason, sendMessage } from "./inject";
import { readMessage } from "./message";

/** Give one message to an input of a node of the running flow. */
export function SendDialog({ flow, node, onClose }: { flow: string; node: string; onClose(): void }): ReactNode {
  const t = useText();
  const doc = useProject((state) => state.deployed.flows[flow]);
  const types = usePalette((state) => state.types);
  const checked = useChecks((state) => state.checks[flow]?.ports);
  const ports = doc ? portsOf(doc, node, { types, ports: checked ?? {} }).inputs : [];
  const [port, setPort] = useState(ports[0]?.name ?? "");
  const [payload, setPayload] = useState("");
  const [topic, setTopic] = useState("");
  const [error, setError] = useState("");
  const [sending, setSending] = useState(false);

  const send = async (): Promise<void> => {
    const { message, problem } = readMessage(payload, topic);
    if (message === null) {
      setError(t("live.send-not-json", { reason: problem }));
      return;
    }
    setSending(true);
    try {
      await sendMessage(flow, node, port, message);
      notify("good", t("live.sent", { node }));
      onClose();
    } catch (failure) {
      setError(reason(failure));
      setSending(false);
    }
  };

  return (
    <Dialog
      title={t("live.send-title", { node })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("button.cancel")}</Button>
          <Button look="primary" disabled={sending} onClick={() => void send()}>
            {t("live.send")}
          </Button>
        </>
      }
    >
      <form
        className="live-send"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {ports.length > 1 && (
          <label>
            <span>{t("live.send-port")}</span>
            <select value={port} onChange={(event) => setPort(event.target.value)}>
              {ports.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>{t("live.send-payload")}</span>
          <textarea
            autoFocus
            className="mono"
            rows={4}
            value={payload}
            placeholder='180   {"setpoint": 180}   open'
            aria-describedby="live-send-help live-send-error"
            aria-invalid={error !== ""}
            onChange={(event) => {
              setPayload(event.target.value);
              setError("");
            }}
          />
        </label>
        <p id="live-send-help" className="live-help">
          {t("live.send-help")}
        </p>
        <label>
          <span>{t("live.send-topic")}</span>
          <input value={topic} onChange={(event) => setTopic(event.target.value)} />
        </label>
        <p id="live-send-error" className="live-error" role="alert">
          {error}
        </p>
      </form>
    </Dialog>
  );
}
