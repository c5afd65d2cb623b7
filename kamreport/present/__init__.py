"""What the results say: findings, tables and charts, in English and Chinese."""
