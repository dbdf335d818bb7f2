"""The policies that every organization has: filled here, and changed by releases alone (R-POL-8)."""

import json
from pathlib import Path

from django.db import migrations
from django.utils import timezone

DATA = Path(__file__).resolve().parent.parent / 'data' / 'builtin_policies.json'


def fill(apps, schema_editor):
    """Write the built-in policies that are not there."""
    policies = apps.get_model('orgs', 'Policy')
    now = timezone.now()
    for described in json.loads(DATA.read_text())['policies']:
        policies.objects.get_or_create(
            id=described['id'],
            defaults={
                'organization': None,
                'policy_type': described['type'],
                'name': described['name'],
                'name_key': described['name'].lower(),
                'description': described['description'],
                'content': json.dumps(described['content'], indent=2),
                'created_at': now,
                'updated_at': now,
            },
        )


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0008_policies'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
