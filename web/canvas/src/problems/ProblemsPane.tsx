import type { ReactNode } from "react";
import type { Problem } from "../api/types";
import { useChecks } from "../store/checks";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { usePalette } from "../store/palette";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { problemsByFlow } from "./all";
import { jumpToProblem, keyOf } from "./jump";
import "./problems.css";

/** Every problem of the drafts; a click leads to its place. */
export function ProblemsPane(): ReactNode {
  const t = useText();
  const checks = useChecks((state) => state.checks);
  const flows = useProject((state) => state.flows);
  const project = useFolder((state) => state.project);
  const spoken = useSpoken();
  const failed = usePalette((state) => state.failed);
  const all = problemsByFlow(checks, flows, project?.flows);
  return (
    <div className="problems">
      {all.length === 0 && failed.length === 0 && <p className="problems-none">{t("problems.none")}</p>}
      {all.map(({ flow, problems, unread }) => (
        <section key={flow} aria-label={flow}>
          <h3 className="problems-flow">{flow}</h3>
          {unread > 0 ? (
            <Button look="quiet" onClick={() => useProject.getState().show(flow)}>
              {t("problems.unread", { count: unread })}
            </Button>
          ) : (
            <ProblemList problems={problems} />
          )}
        </section>
      ))}
      {failed.length > 0 && (
        <section aria-label={t("problems.packages")}>
          <h3 className="problems-flow">{t("problems.packages")}</h3>
          <ul className="problems-list">
            {failed.map(({ name, error }) => (
              <li key={name} className="problems-package">
                <strong>{name}</strong> {spoken(error)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** Problems, each with the way to its place. `flows`: they are of several flows, so each names its own. */
export function ProblemList({ problems, flows = false }: { problems: readonly Problem[]; flows?: boolean }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <ul className="problems-list">
      {problems.map((problem, index) => (
        <li key={`${keyOf(problem)} ${index}`}>
          <button type="button" className={`problems-item problems-${problem.severity}`} onClick={() => jumpToProblem(problem)}>
            <Icon name={problem.severity} size={15} />
            <span>
              <span className="only-read">{t(`problems.${problem.severity}`)}: </span>
              {placeOf(problem, flows) !== "" && <strong>{placeOf(problem, flows)}: </strong>}
              <span>{sentence(spoken(problem.message))}</span>
              {problem.hint !== "" && <span className="problems-hint">{sentence(spoken(problem.hint))}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function placeOf({ flow, node }: Problem, flows: boolean): string {
  return [flows ? flow : "", node].filter(Boolean).join(" / ");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
