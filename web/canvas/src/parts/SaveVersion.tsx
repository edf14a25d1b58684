import { type FormEvent, type ReactNode, useState } from "react";
import { request } from "../api/client";
import type { ModelUse, NewVersion, SavedVersion } from "../api/types";
import { said } from "../api/said";
import { useMay } from "../store/session";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { notify } from "../ui/notices";

/** Makes a version of what a node has learned: the next file of a name in models/. Nothing that runs is touched. */
export function SaveVersion({ use: { flow, node } }: { use: ModelUse }): ReactNode {
  const t = useText();
  const mayEdit = useMay("editor", flow);
  const [name, setName] = useState(node.split("/").at(-1) ?? "");
  const [error, setError] = useState("");
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const body: NewVersion = { flow, node, name };
    request<SavedVersion>("POST", "/api/models", body).then(
      ({ body: { file, warning } }) => {
        setError("");
        notify(warning === "" ? "good" : "warning", [t("models.saved", { node, file }), warning].join(" ").trim());
      },
      (reason: unknown) => setError(said(reason)),
    );
  };
  if (!mayEdit) return <small>{t("models.no-file")}</small>;
  return (
    <form className="parts-hours" onSubmit={save}>
      <small>{t("models.no-file")}</small>
      <label>
        {t("models.save-as")}
        <input required maxLength={64} pattern="[A-Za-z0-9][A-Za-z0-9_\-]*" title={t("models.name-form")} value={name} onChange={({ target }) => setName(target.value)} />
      </label>
      <Button type="submit">{t("models.save")}</Button>
      {error !== "" && (
        <span role="alert" className="shell-error">
          {error}
        </span>
      )}
    </form>
  );
}
