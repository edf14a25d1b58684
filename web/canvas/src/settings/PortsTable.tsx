import type { ReactNode } from "react";
import type { NodePorts } from "../model/ports";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import "../forms/templates/compound.css";

/** The ports of a node with its options as they are. */
export function PortsTable({ ports }: { ports: NodePorts }): ReactNode {
  const t = useText();
  const error = ports.error ? [{ name: "error", payload: "any", description: t("info.error-port") }] : [];
  const rows = [
    ...ports.inputs.map((port) => ({ ...port, way: t("settings.ports.in") })),
    ...[...ports.outputs, ...error].map((port) => ({ ...port, way: t("settings.ports.out") })),
  ];
  if (rows.length === 0) return null;
  return (
    <details className="settings-part form-more">
      <summary>
        <Icon name="right" size={14} />
        {t("settings.ports")}
      </summary>
      <table className="settings-table">
        <thead>
          <tr>
            <th scope="col">{t("settings.port")}</th>
            <th scope="col">{t("settings.port.payload")}</th>
            <th scope="col">{t("settings.port.about")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, payload, description, way }) => (
            <tr key={`${way} ${name}`}>
              <td>
                <code>{name}</code> <small>{way}</small>
              </td>
              <td>{payload}</td>
              <td>{description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
