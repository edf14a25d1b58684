import type { ReactNode } from "react";
import { useText } from "../text";

interface Props {
  restarts: Readonly<Record<string, string[]>>;
  keeps: Readonly<Record<string, number>>;
}

/** What starts anew, and how much goes on with its state. */
export function RestartList({ restarts, keeps }: Props): ReactNode {
  const t = useText();
  const flows = [...new Set([...Object.keys(restarts), ...Object.keys(keeps)])].sort();
  if (flows.length === 0) return <p className="deploy-quiet">{t("deploy.restarts-none")}</p>;
  return (
    <section className="deploy-block" aria-label={t("deploy.restarts")}>
      <h3>{t("deploy.restarts")}</h3>
      <ul className="deploy-restarts">
        {flows.map((flow) => (
          <li key={flow}>
            <strong>{flow}</strong>
            <span>{(restarts[flow]?.length ?? 0) > 0 ? t("deploy.anew", { nodes: restarts[flow]?.join(", ") ?? "" }) : t("deploy.anew-none")}</span>
            {(keeps[flow] ?? 0) > 0 && <span className="deploy-quiet">{t("deploy.goes-on", { count: keeps[flow] ?? 0 })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
