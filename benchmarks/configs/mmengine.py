_base_ = ["mmengine_base.py"]

model = dict(backbone=dict(init_cfg=dict(type="Pretrained", checkpoint="resnet50.pth")))
train_dataloader = dict(batch_size=8, num_workers=4)
optim_wrapper = dict(optimizer=dict(lr=0.01))
