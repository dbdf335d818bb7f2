"""The catalogues of services as data that operators keep: filled here, once, and changed by nobody else.

Until now `migrate` filled a catalogue at its end whenever it was empty, so what an operator had emptied came
back. A release that ships more services brings them by a migration of its own, which adds those that are not
there, alters what still is as an earlier release shipped it, and leaves alone what an operator wrote.
"""

import json
from pathlib import Path

from django.db import migrations, models

DATA = Path(__file__).resolve().parent.parent / 'data'


def fill(apps, schema_editor):
    """Write what the product ships into a catalogue that is empty."""
    integrable = apps.get_model('orgs', 'IntegrableService')
    if not integrable.objects.exists():
        integrable.objects.bulk_create(
            integrable(
                principal=service['service_principal'],
                name=service['display_name'],
                description=service['description'],
                supports_delegated_administrators=service['supports_delegated_admin'],
                most_delegated_administrators=service['max_delegated_admins'],
                note_before_disabling=service['disable_note'] or '',
            )
            for service in services_of('integrable_services.json')
        )
    enforceable = apps.get_model('orgs', 'TagPolicyService')
    if not enforceable.objects.exists():
        enforceable.objects.bulk_create(
            enforceable(
                service_name=service['service_name'],
                name=service['display_name'],
                resource_types=service['resource_types'],
                supports_all=service['support_all'],
            )
            for service in services_of('tag_policy_services.json')
        )


def services_of(name):
    return json.loads((DATA / name).read_text())['services']


def correct(apps, schema_editor):
    """Take back limits that the new rule refuses; SQL alone could have written them."""
    integrable = apps.get_model('orgs', 'IntegrableService')
    meaningless = models.Q(supports_delegated_administrators=False) | models.Q(most_delegated_administrators=0)
    integrable.objects.filter(meaningless).update(most_delegated_administrators=None)


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0003_the_wire'),
    ]

    operations = [
        migrations.AddField(
            model_name='integrableservice',
            name='version',
            field=models.PositiveIntegerField(default=1, verbose_name='version'),
        ),
        migrations.AddField(
            model_name='tagpolicyservice',
            name='version',
            field=models.PositiveIntegerField(default=1, verbose_name='version'),
        ),
        migrations.RunPython(correct, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='integrableservice',
            constraint=models.CheckConstraint(condition=models.Q(('most_delegated_administrators', None), models.Q(('most_delegated_administrators__gte', 1), ('supports_delegated_administrators', True)), _connector='OR'), name='service_limit_of_administrators'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
