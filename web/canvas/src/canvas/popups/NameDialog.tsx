import { type FormEvent, type ReactNode, useId, useState } from "react";
import { doorOf } from "../../model/edit";
import { GROUP } from "../../model/flow";
import { isName } from "../../model/ids";
import { useProject } from "../../store/project";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { nameFault } from "../../shell/flows/flowName";
import { nameDoor, nameGroup } from "../deeds/group";
import { subflowOfSelected } from "../deeds/subflow";
import { close, type Popup } from "./popups";

/** Ask for the name of a group, a new subflow, or a port of the subflow. */
export function NameDialog({ popup }: { popup: Extract<Popup, { kind: "name" }> }): ReactNode {
  const t = useText();
  const { flow, of, was, key = "" } = popup;
  const [name, setName] = useState(was);
  const [tried, setTried] = useState(false);
  const id = useId();
  const wrong = of === "subflow" ? nameFault(name) : name !== was && taken(popup, name) ? t("canvas.name.taken") : fits(of, name) ? "" : t("canvas.name.wrong");
  const save = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (wrong !== "") return;
    close(true);
    if (of === "group") nameGroup(flow, key, name);
    else if (of === "door") nameDoor(flow, key, name);
    else subflowOfSelected(flow, name);
  };
  return (
    <Dialog
      title={t(`canvas.name.title-${of}`)}
      onClose={close}
      actions={
        <>
          <Button onClick={() => close()}>{t("button.cancel")}</Button>
          <Button look="primary" type="submit" form={`${id}-form`}>
            {t("button.ok")}
          </Button>
        </>
      }
    >
      <form id={`${id}-form`} className="canvas-form" onSubmit={save}>
        {of === "subflow" && <p>{t("canvas.name.subflow-why")}</p>}
        <label htmlFor={`${id}-name`}>{t("canvas.name.label")}</label>
        <input
          id={`${id}-name`}
          value={name}
          autoFocus
          onFocus={(event) => event.target.select()}
          aria-invalid={tried && wrong !== ""}
          aria-describedby={tried && wrong ? `${id}-wrong` : undefined}
          onChange={(event) => setName(event.target.value)}
        />
        {tried && wrong && (
          <p id={`${id}-wrong`} className="canvas-wrong">
            {wrong}
          </p>
        )}
      </form>
    </Dialog>
  );
}

/** Groups may be called anything; what the engine reads must be a name. */
function fits(of: "group" | "subflow" | "door", name: string): boolean {
  return of === "group" ? name.trim() !== "" && name.length <= 100 : isName(name);
}

function taken({ flow, of, key = "" }: Extract<Popup, { kind: "name" }>, name: string): boolean {
  const doc = useProject.getState().flows[flow];
  if (of === "group") return Object.hasOwn(doc?.layout ?? {}, GROUP + name);
  const side = doorOf(key)?.side;
  return side !== undefined && Object.hasOwn(doc?.subflow?.[side] ?? {}, name);
}
