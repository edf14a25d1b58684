import { type DragEvent, type ReactNode, useEffect, useState } from "react";
import { get } from "../../api/client";
import type { Example, FlowSummary } from "../../api/types";
import { isStanding, useFaults } from "../../live/faults";
import { ProblemList } from "../../problems/ProblemsPane";
import { changedOutside, sharedChangedOutside, useFolder } from "../../store/folder";
import { isChanged, useProject } from "../../store/project";
import { may, useMay, useMaySomewhere, useSession } from "../../store/session";
import { useView } from "../../store/view";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { MenuButton } from "../../ui/Menu";
import { addExample, runFlow } from "./flowEdits";
import { flowMenu } from "./flowMenu";
import { type State, stateOf, StateWord } from "./FlowState";
import "./start.css";

/** Flows to begin with; out of reach: none are offered. */
function useExamples(): Example[] {
  const [examples, setExamples] = useState<Example[]>([]);
  useEffect(() => {
    get<Example[]>("/api/examples").then(setExamples, () => {});
  }, []);
  return examples;
}

/** The folder: its flows, how they are, and ways to begin one. A file can be dropped, or its text pasted, anywhere on it. */
export function StartPage(): ReactNode {
  const t = useText();
  const project = useFolder((state) => state.project);
  const overwrite = useFolder((state) => state.overwrite);
  const draft = useProject((state) => state.flows);
  const deployed = useProject((state) => state.deployed.flows);
  const demo = useSession((state) => state.session?.demo ?? false);
  const mayEdit = useMaySomewhere("editor");
  const [over, setOver] = useState(false);
  const offered = useExamples();
  usePaste(mayEdit);
  if (project === null) return null;
  const fresh = Object.keys(draft).filter((name) => !project.flows.some((flow) => flow.name === name) && deployed[name] === undefined);
  const outside = changedOutside(project, overwrite);
  const examples = offered.filter(({ name }) => may("editor", name));
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file !== undefined && mayEdit) void file.text().then((text) => useView.getState().openDialog("import", { text, name: file.name }));
  };
  return (
    <div
      className={`start ${over ? "start-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <header className="start-head">
        <div>
          <h2>{t("shell.flows")}</h2>
          <p className="shell-quiet start-folder">
            {project.folder}
            {project.git && <span className="start-branch">{t("start.git", { branch: project.branch })}</span>}
          </p>
          {project.note !== "" && <p className="shell-quiet">{project.note}</p>}
        </div>
        {mayEdit && (
          <div className="start-buttons">
            <Button icon="import" onClick={() => useView.getState().openDialog("import")}>
              {t("shell.import")}
            </Button>
            <Button look="primary" icon="plus" onClick={() => useView.getState().openDialog("new-flow")}>
              {t("shell.new-flow")}
            </Button>
          </div>
        )}
      </header>
      {project.problems.length > 0 && <ProblemList problems={project.problems} />}
      {(outside.length > 0 || sharedChangedOutside(project)) && <Outside flows={outside} shared={sharedChangedOutside(project)} />}
      {project.flows.length + fresh.length === 0 ? (
        <p className="start-empty">{t(mayEdit ? "start.empty" : "start.empty-viewer")}</p>
      ) : (
        <ul className="start-flows" aria-label={t("shell.flows")}>
          {fresh.map((name) => (
            <FlowRow key={name} name={name} summary={undefined} />
          ))}
          {project.flows.map((summary) => (
            <FlowRow key={summary.name} name={summary.name} summary={summary} />
          ))}
        </ul>
      )}
      {examples.length > 0 && (
        <section aria-labelledby="examples">
          <h2 id="examples" className="start-title">
            {t("start.examples")}
          </h2>
          {demo && <p className="shell-quiet">{t("start.demo")}</p>}
          <ul className="start-examples">
            {examples.map((example) => (
              <ExampleCard key={example.name} example={example} all={offered} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** What an editor or a git pull has changed. Where the shared connections did too, flows and they belong together. */
function Outside({ flows, shared }: { flows: readonly FlowSummary[]; shared: boolean }): ReactNode {
  const t = useText();
  const several = shared || flows.length > 1;
  return (
    <section className="start-outside" aria-label={t("start.outside")}>
      <h3>
        <Icon name="warning" />
        {t("start.outside")}
      </h3>
      <ul>
        {shared && <li>{t("shell.shared-connections")}</li>}
        {flows.map(({ name }) => (
          <li key={name}>
            {name}
            <Button look="quiet" onClick={() => useView.getState().openDialog("outside", { flow: name })}>
              {t("start.see")}
            </Button>
          </li>
        ))}
      </ul>
      {several && <Button onClick={() => useView.getState().openDialog("outside-all")}>{t("start.see-all")}</Button>}
    </section>
  );
}

function FlowRow({ name, summary }: { name: string; summary: FlowSummary | undefined }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const mayRun = useMay("operator", name);
  const doc = useProject((state) => state.flows[name]);
  const changed = useProject((state) => isChanged(state, name));
  const gone = useProject((state) => state.flows[name] === undefined && state.deployed.flows[name] !== undefined);
  const state: State = stateOf(summary, doc !== undefined, gone);
  const count = doc === undefined ? (summary?.nodes ?? 0) : Object.keys(doc.nodes).length;
  const note = doc?.note ?? summary?.note ?? "";
  const troubled = useFaults((live) => live.faults.filter((one) => one.flow === name && one.node !== "" && isStanding(one)).length);
  const runs = state === "running";
  return (
    <li className="start-flow">
      <div className="start-name">
        {gone ? (
          <del>{name}</del>
        ) : (
          <button type="button" className="start-open" onClick={() => useProject.getState().show(name)}>
            {name}
          </button>
        )}
        {changed && !gone && <span className="start-draft">{t("start.draft")}</span>}
        {note !== "" && <p className="start-note">{note}</p>}
        {summary !== undefined && summary.error !== "" && <p className="shell-error">{spoken(summary.error)}</p>}
      </div>
      <StateWord state={state} />
      <span className="start-count">{t("start.nodes", { count })}</span>
      <span className="start-marks">
        {troubled > 0 && (
          <span className="start-errors">
            <Icon name="error" size={14} />
            {t("start.troubled", { count: troubled })}
          </span>
        )}
        {summary !== undefined && summary.errors > 0 && (
          <span className="start-errors">
            <Icon name="error" size={14} />
            {t("shell.errors", { count: summary.errors })}
          </span>
        )}
        {summary !== undefined && summary.warnings > 0 && (
          <span className="start-warnings">
            <Icon name="warning" size={14} />
            {t("start.warnings", { count: summary.warnings })}
          </span>
        )}
        {(summary?.editors.length ?? 0) > 0 && <span className="shell-quiet">{t("shell.edited-by", { names: summary?.editors.join(", ") ?? "" })}</span>}
      </span>
      <span className="start-run">
        {(runs || state === "stopped" || state === "failed") && summary !== undefined && (
          <IconButton
            icon={runs ? "stop" : "play"}
            label={t(runs ? "start.stop-flow" : "start.run-flow", { flow: name })}
            title={mayRun ? undefined : t("shell.needs-operator")}
            disabled={!mayRun}
            onClick={() => void runFlow(name, !runs)}
          />
        )}
        <MenuButton label={t("shell.flow-menu", { flow: name })} icon="more" entries={() => flowMenu(name)} />
      </span>
    </li>
  );
}

function ExampleCard({ example, all }: { example: Example; all: readonly Example[] }): ReactNode {
  const t = useText();
  const { title, note, needs } = example;
  return (
    <li className="start-example">
      <h3>{title}</h3>
      <p>{note}</p>
      {needs.length > 0 && <p className="shell-quiet">{t("start.needs", { flows: needs.join(", ") })}</p>}
      <Button
        icon="plus"
        aria-label={t("start.use-example", { title })}
        onClick={() => addExample(example, all)}
      >
        {t("start.use")}
      </Button>
    </li>
  );
}

/** Text pasted on the start page is taken for a flow file. */
function usePaste(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const pasted = (event: ClipboardEvent): void => {
      const target = event.target instanceof Element ? event.target.closest("input, textarea, dialog") : null;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (target !== null || text.trim() === "" || document.querySelector("dialog[open]") !== null) return;
      useView.getState().openDialog("import", { text });
    };
    document.addEventListener("paste", pasted);
    return () => document.removeEventListener("paste", pasted);
  }, [active]);
}
