"""What people and business systems are told: e-mail, chat, webhooks, work orders."""
