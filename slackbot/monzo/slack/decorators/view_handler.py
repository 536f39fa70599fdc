from slackbot.monzo import gone

__getattr__ = gone.instead(gone.DECORATORS, module=__name__)
