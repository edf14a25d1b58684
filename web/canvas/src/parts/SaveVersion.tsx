import { type FormEvent, type ReactNode, useState } from "react";
import { request } from "../api/client";
import type { ModelUse, NewVersion, SavedVersion } from "../api/types";
import { said } from "../api/said";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { notify } from "../ui/notices";

/** Makes a version of what a node has learned: the next file in models/, of its model's name or another. Nothing that runs is touched. */
export function SaveVersion({ use: { flow, node }, of }: { use: ModelUse; of: string }): ReactNode {
  const t = useText();
  const [name, setName] = useState(of === "" || of.includes("/") ? (node.split("/").at(-1) ?? "") : of);
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
  return (
    <form className="parts-hours" onSubmit={save}>
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
