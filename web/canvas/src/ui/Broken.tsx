import { Component, type ReactNode } from "react";
import { t } from "../text";
import { Button } from "./Button";

interface Props {
  children: ReactNode;
}

/** What is shown in place of a part that broke: the rest goes on, and the way out is said. */
export class Broken extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert" className="broken">
        <p>{t("shell.broken")}</p>
        <p className="mono">{error.message}</p>
        <Button onClick={() => this.setState({ error: null })}>{t("shell.again")}</Button>
        <Button onClick={() => location.reload()}>{t("shell.reload-page")}</Button>
      </div>
    );
  }
}
