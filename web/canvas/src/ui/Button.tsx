import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "primary" | "danger" | "quiet";
  icon?: IconName;
  children?: ReactNode;
}

/** A button with words; `icon` stands before them. */
export function Button({ look = "plain", icon, children, className = "", ...rest }: Props): ReactNode {
  return (
    <button type="button" {...rest} className={`button button-${look} ${className}`}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** Its name for everybody: shown as a tooltip, read by a screen reader. */
  label: string;
}

/** A button that is only an icon. */
export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps): ReactNode {
  return (
    <button type="button" title={label} {...rest} aria-label={label} className={`icon-button ${className}`}>
      <Icon name={icon} />
    </button>
  );
}
